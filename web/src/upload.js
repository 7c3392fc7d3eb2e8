// Says that a file is too large before it is sent; the server says so too, but only after part of it.
for (const input of document.querySelectorAll("input[type=file][data-megabytes]")) {
  const most = Number(input.dataset.megabytes);
  const group = input.closest(".cw-files") ?? input.parentElement;
  const status = document.createElement("p");
  status.className = "govuk-error-message";
  status.setAttribute("role", "alert");
  input.addEventListener("change", () => {
    const large = [...input.files].find((file) => file.size > most * 1_000_000);
    status.remove();
    if (!large) return;
    input.value = "";
    input.dispatchEvent(new Event("change", { bubbles: true }));
    status.textContent = input.dataset.tooLarge.replace("{name}", large.name);
    group.prepend(status);
  });
}
