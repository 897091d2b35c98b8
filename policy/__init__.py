"""Who may call what from where: access levels, perimeters, trust and IAM as data, and the decision. Pure: no I/O."""
