"""The engines that run a slice of the plan: the compiled one for speed, the reference one for meaning and reasons."""
