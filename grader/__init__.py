"""Grade answers to the exercises of *Convolutions by Hand*: ``python -m grader exercises/``."""

__version__ = "0.1.0"
