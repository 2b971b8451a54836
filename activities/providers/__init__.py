"""Whoever keeps a company's calendars, behind one port."""
