"""The agent: makes socket calls on command, and reports each call."""
