"""Cal.com API v2: a typed client whose answers say what is known and what is not."""
