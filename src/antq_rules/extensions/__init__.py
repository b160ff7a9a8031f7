"""Where rulesets come from: the hook through which packages offer them."""
