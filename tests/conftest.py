import slim_bindings

slim_bindings.install()
