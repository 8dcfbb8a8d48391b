"""The operator's page: a browser plays customer, agent and time. It shows the store and acts through the bench."""
