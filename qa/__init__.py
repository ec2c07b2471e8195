"""A question to hits, to an answer with citations. Imports ``index``; never knows who asks, or over what."""
