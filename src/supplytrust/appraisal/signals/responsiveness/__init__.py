"""Are features stable and bugs, above all security bugs, answered in time?"""
