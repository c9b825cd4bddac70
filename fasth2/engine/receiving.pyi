# Nothing of it is for Python: see H2Connection.receive_data.
