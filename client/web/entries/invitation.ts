import { call, messageOf } from "../api.ts";

/** Takes an invitation up, then shows the site as its new member sees it. */
const form = document.querySelector<HTMLFormElement>("#invitation");
const problem = document.querySelector<HTMLElement>("#invitation-error");

form?.addEventListener("submit", (event) => {
  event.preventDefault();
  void accept(form);
});

async function accept(form: HTMLFormElement): Promise<void> {
  const button = form.querySelector("button");
  const { secret = "", role } = form.dataset;
  button?.setAttribute("disabled", "");
  try {
    await call("POST", `/api/invitations/${encodeURIComponent(secret)}/accept`);
    // The link has done its work, and should not stay in the browser's history.
    location.replace(role === "reader" ? "/" : "/admin/posts");
  } catch (error) {
    if (problem !== null) {
      problem.hidden = false;
      problem.textContent = messageOf(error);
    }
    button?.removeAttribute("disabled");
  }
}
