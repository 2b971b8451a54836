"""CalDAV (RFC 4791): the calendars of Nextcloud, mailbox.org, Radicale and many others."""
