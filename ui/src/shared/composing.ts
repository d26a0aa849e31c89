/** Whether a key belongs to an input method that is composing. Some webviews say so only by the key's old number. */
export const composing = (event: KeyboardEvent): boolean => event.isComposing || event.keyCode === 229;
