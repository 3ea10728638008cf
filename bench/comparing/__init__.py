"""What bench/compare is made of: one module for each idea, one process for each side of a comparison."""
