"""The suite as functions on AWS Lambda: a handler per kind of event, all state in AWS."""
