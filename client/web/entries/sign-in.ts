import { call, messageOf } from "../api.ts";

/** Sends the development sign-in form as JSON, then goes where the reader came from. */
const form = document.querySelector<HTMLFormElement>("#dev-login");
const problem = document.querySelector<HTMLElement>("#dev-login-error");

form?.addEventListener("submit", (event) => {
  event.preventDefault();
  void signIn(form);
});

async function signIn(form: HTMLFormElement): Promise<void> {
  const button = form.querySelector("button");
  const fields = new FormData(form);
  button?.setAttribute("disabled", "");
  try {
    await call("POST", "/auth/dev", {
      body: { name: fields.get("name"), email: fields.get("email") },
      noRefresh: true,
    });
    location.assign(form.dataset["returnTo"] ?? "/");
  } catch (error) {
    if (problem !== null) {
      problem.hidden = false;
      problem.textContent = messageOf(error);
    }
    button?.removeAttribute("disabled");
  }
}
