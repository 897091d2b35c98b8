"""Plan, look, apply exactly what was looked at: the verbs plan, deploy, destroy, lock, undelete, adopt and terraform."""
