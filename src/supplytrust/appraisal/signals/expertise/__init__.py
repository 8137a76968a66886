"""Do the people and reviews fit what the code does?"""
