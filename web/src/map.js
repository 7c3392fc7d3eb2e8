console.log(MAP_WORKER)
