/** A button behind each command of the page, which copies it. */
export function addCopyButtons() {
  for (const source of document.querySelectorAll("pre.command, .calls td > code")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "Copy";
    button.setAttribute("aria-label", `Copy the command: ${source.textContent}`);
    button.addEventListener("click", () => {
      // navigator.clipboard does not exist in a page that was opened as a file.
      const range = document.createRange();
      range.selectNodeContents(source);
      const selection = getSelection();
      selection.removeAllRanges();
      selection.addRange(range);
      document.execCommand("copy");
      button.textContent = "Copied";
    });
    source.after(button);
  }
}
