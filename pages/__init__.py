"""The pages: one script per page, whose name is its URL.

The parts of a page are in `lessons`, what several pages share in `shared`.
"""
