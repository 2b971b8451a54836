"""Logs, metrics and the ids that tie their lines together; used by every process."""
