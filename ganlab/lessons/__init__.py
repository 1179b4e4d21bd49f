"""Lessons: short texts beside a real run, each step with something to do and a check that it was seen."""

from ganlab.lessons.lesson import CHECKS, Lesson, Step, lessons, read_lesson
from ganlab.lessons.seen import seen

__all__ = ["CHECKS", "Lesson", "Step", "lessons", "read_lesson", "seen"]
