"""Archives read from memory under limits; nothing is ever written or followed outside them."""
