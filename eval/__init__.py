"""Question sets, measures and gates: how good the answers are, said with numbers that can be reproduced.

Import from here with ``from eval.x import y``; ``import eval.x`` would rebind Python's own ``eval``.
"""
