"""Images: from whatever a developer has to what a model server takes, within the model's pixel budget."""
