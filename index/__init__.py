"""Documents to passages, to vectors and postings, to a generation on disk.

The lowest room: it imports nothing else of Pincite's and must never know what a question is.
"""
