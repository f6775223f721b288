/** The page's own script. Everything reads without it. */
import { addCopyButtons } from "./copy-buttons.js";
import { putLiveTimeline } from "./live-timeline.js";

addCopyButtons();
putLiveTimeline();
