"""Wall and processor seconds (children included) of a piece of work."""
import resource
import time


def processor():
    total = 0.0
    for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
        usage = resource.getrusage(who)
        total += usage.ru_utime + usage.ru_stime
    return total


def timed(work):
    before = processor()
    start = time.perf_counter()
    result = work()
    return {"seconds": time.perf_counter() - start, "processor": processor() - before}, result
