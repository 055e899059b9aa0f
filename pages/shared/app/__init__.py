"""What frames every page: the visitor, the server they share, the session's state, questions to the worker.

Its modules import each other and pages.shared.components; state.py imports neither.
"""
