"""What a relying party asks for: policy loader, weight table, configuration, and the shipped files.

Policies are data (TOML with a closed vocabulary), so they stay finite and monotone: the laws of the algebra
hold for every file that loads. Nothing here knows a signal or a source by import.
"""
