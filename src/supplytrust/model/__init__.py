"""The ground floor: frozen values, standard library only; no clock, no environment, no I/O."""
