"""The report: JSON for programs, HTML for people, CSV for spreadsheets."""
