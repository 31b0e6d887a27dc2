// The order of one frame: all that lies between the picture of frame n-1 and that of frame n.
//
// It is what the HTML standard calls "update the rendering", step by step, with what a browser would do
// at times of its own put at fixed moments of ours. Unpainted frames take the same steps; only the
// pixels are left out.
/** @param {Stage} helios */
(helios) => {
  const { config, shared } = helios;
  // Scripts, workers and loads that wake each other without end are left where they are.
  const MOST_ROUNDS = 50;
  const documents = () => {
    for (const each of shared.documents) if (!each.isAlive()) shared.documents.delete(each);
    return shared.documents;
  };

  // Not in the standard: whatever is worked out from here on is worked out for this frame.
  const moveTransitions = (time) => {
    if (shared.hasTransitions) for (const each of documents()) each.moveTransitions(time);
  };

  // "Run the update intersection observations steps", the last of the update before: what its picture
  // had, told before time goes on.
  const tellCrossings = () => helios.tellCrossings();

  // The event loop's tasks until this frame: timers, each at its own time and with all that came of the
  // one before. Then it is now.
  const runTasks = async (time) => {
    await helios.runTimers(time);
    shared.now = time;
  };

  // "Run the resize steps", "run the scroll steps", "evaluate media queries and report changes".
  const tellViewport = () => helios.tellViewport();

  // "Update animations and send events"; a browser sends them with a frame of its own.
  const moveAnimations = async () => {
    let hasEvents = false;
    for (const each of documents()) {
      hasEvents = each.updateAnimations() || hasEvents;
      each.updateSmil();
    }
    if (hasEvents) await helios.nativeFrame();
  };

  // Not in the standard, where media play beside the page: videos and moving pictures at this time.
  const moveMedia = async () => {
    for (const each of documents()) {
      await each.seekVideos();
      await each.updatePictures?.();
    }
  };

  // "Run the animation frame callbacks", the workers' too.
  const runCallbacks = async () => {
    await helios.playSound?.();
    helios.runFrameCallbacks();
    for (const each of documents()) await each.drawFirst();
    helios.afterCallbacks?.();
    for (const each of documents()) each.takeCanvases?.(true);
    await helios.settle();
    await helios.runWorkers(true);
  };

  // "Perform pending transition operations": view transitions have their first picture.
  const startTransitions = async () => {
    for (const each of documents()) await each.startTransitions();
  };

  // "Recalculate styles and update layout": styles that are worked out here ask for what they show, and
  // begin animations. A browser tells of each load that begins a little later.
  const layOut = async () => {
    let hasBegun = false;
    if (shared.hasInnerAnimations) await helios.takeInner();
    for (const each of documents()) {
      each.watchDocument?.();
      each.beginSmil();
      hasBegun = each.scanAnimations() || hasBegun;
    }
    await helios.turn();
    await helios.turn();
    return hasBegun;
  };

  // What was begun has come, or the time that it may take has run out.
  const receive = async () => {
    await helios.allArrived(config.patience);
    const missing = helios.goOnWithout();
    if (missing.length) throw new helios.NotReady(missing.join(", "));
  };

  // Until nothing is left to come and nothing new begins: styles and layout; what was asked for; timers
  // that are due, messages, idle callbacks; and "broadcast resize observations", each time only what
  // lies deeper in the document, so that a change which makes itself anew waits for the next frame.
  const settleFrame = async (frame, time) => {
    let hasBegun = false;
    let depth = 0;
    for (const each of documents()) each.takeCanvases?.(false);
    for (let round = 0; round < MOST_ROUNDS; round += 1) {
      const fired = await helios.runTimers(time);
      const { arrived } = shared;
      hasBegun = (await layOut()) || hasBegun;
      if (shared.pending.size) {
        await receive();
        if (shared.hasAppended) await moveMedia();
        shared.hasAppended = false;
        depth = 0; // another update of the rendering, in a browser
      } else if (!(await helios.runWorkers(false)) && !fired && !helios.runIdleCallbacks(frame)) {
        depth = await helios.tellSizes(depth);
        if (depth === Infinity && shared.arrived === arrived) break;
        if (depth === Infinity) depth = 0; // a style sheet that came meanwhile shows pictures
      }
      await helios.settle();
    }
    return hasBegun;
  };

  // "Update the rendering" itself: what the picture is made of. Then it can be taken.
  const show = async (hasBegun) => {
    if (!shared.isReplaying) {
      for (const each of documents()) each.showPictures(await each.takePictures());
      for (const each of documents()) await each.presentVideos();
      if (shared.lacking.size) helios.tellLacking();
    }
    for (const each of documents()) {
      hasBegun = each.scanAnimations() || hasBegun;
      if (shared.isReplaying) hasBegun = each.holdsLostFocus() || hasBegun;
    }
    if (hasBegun) await helios.nativeFrame();
    for (const each of documents()) await each.endTransitions();
    helios.tellBoxes();
    if (shared.refusal) throw new helios.NotCaptured(shared.refusal);
    helios.checkContexts();
  };

  helios.liveFrame = async (frame) => {
    const time = helios.timeOf(frame);
    shared.running = true;
    shared.frame = frame;
    try {
      moveTransitions(time);
      await tellCrossings();
      await runTasks(time);
      await tellViewport();
      await moveAnimations();
      await moveMedia();
      await runCallbacks();
      await startTransitions();
      await helios.runContract(frame);
      await moveMedia(); // as scripts have left it
      const hasBegun = await settleFrame(frame, time);
      for (const each of documents()) {
        each.blinkCaret();
        each.refuseLayers();
        each.watchRandomStyles();
      }
      await show(hasBegun);
    } finally {
      shared.running = false;
    }
  };
}
