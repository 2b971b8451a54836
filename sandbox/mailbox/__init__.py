"""The development mail server: SMTP in, files, a page to read them."""
