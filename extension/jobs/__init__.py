"""When and where runs happen: the queue of tasks and the one tick. Knows `sync`; everything else is passed in."""
