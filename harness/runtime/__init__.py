"""The traveller: standard library only, Python 3.9 and newer, imports nothing of harness.

It goes as one zip into containers, boxes and guests. ``plan`` says what is to be done, ``events`` what was
seen; ``agent`` makes socket calls, ``observer`` watches, ``conductor`` walks the plan over both, and ``box``
makes hosts out of namespaces and runs the conductor inside.
"""
