"""`python -m supplytrust`"""

from supplytrust.cli.app import main

main()
