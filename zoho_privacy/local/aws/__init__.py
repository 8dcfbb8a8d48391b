"""The functions of a stage on this machine: their package, the runtime's interface, queues, schedules and an AWS."""
