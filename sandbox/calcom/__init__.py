"""Stand-in for Cal.com API v2: a real HTTP server with Cal.com's rules, texts and flaws."""
