"""What goes in and comes out: each schema describes, checks and documents at once."""
