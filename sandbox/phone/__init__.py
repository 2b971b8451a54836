"""Stand-ins for who carries words to a phone: Twilio's messages and Retell's live calls."""
