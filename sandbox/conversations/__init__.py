"""Whole conversations with functions mid-call: played from files, judged by the calendar."""
