/**
 * How many lines of a stack trace are kept in workflow code. The SDK makes one for every promise (1.24 has no switch
 * for it) and looks each line up in the source map; V8's ten lines took a quarter of what a run costs the worker
 * (bench/README.md, "Money to key"). Four show where an error was thrown, and where a run waits in "Call Stack" of the
 * Web UI.
 *
 * It can be set only before the first run: the SDK freezes what runs share.
 */
const LINES = 4;

Reflect.set(Error, 'stackTraceLimit', LINES);
