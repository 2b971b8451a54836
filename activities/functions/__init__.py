"""What is asked while the caller is on the line, answered from our own database."""

from activities.functions.codes import code_of
from activities.functions.scene import CalendarKnowledge
from activities.functions.steps import PostgresFunctions

__all__ = ["CalendarKnowledge", "PostgresFunctions", "code_of"]
