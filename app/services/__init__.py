"""What the blog does, without HTTP: verbs with keyword arguments that own the transaction."""
