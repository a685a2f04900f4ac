/**
 * Tells when the parent process is gone. With an IPC channel that is the channel's end, otherwise the end of stdin, which must
 * then be a pipe that the parent holds open (with `stdio: 'ignore'` it ends at once).
 * Returns a function that stops watching.
 */
export function onParentGone(gone: () => void): () => void {
  if (process.connected) {
    process.once('disconnect', gone);
    return () => process.off('disconnect', gone);
  }
  process.stdin.on('error', gone).once('end', gone).once('close', gone).resume();
  return () => {
    process.stdin.off('error', gone).off('end', gone).off('close', gone).pause();
    process.stdin.unref?.();
  };
}
