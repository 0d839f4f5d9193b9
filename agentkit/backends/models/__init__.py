"""What is known of models, whatever server they run on."""
