"""`python -m supplytrust.cli`"""

from supplytrust.cli.app import main

main()
