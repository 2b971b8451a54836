"""How the sandboxes' servers are set up."""

# Longer than a client keeps a connection: who closes first while the other sends loses a request.
KEEP_ALIVE_S = 75
