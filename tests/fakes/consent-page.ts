import type { FakePerson } from "./people.ts";

/** Asks who is there. No script, no style from elsewhere. */
export function consentPage(requestId: string, people: readonly FakePerson[]): string {
  const buttons = people.map(
    ({ subject, name, email }) =>
      `<button name="subject" value="${escape(subject)}">${escape(name)}<small>${escape(email)}</small></button>`,
  );
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>A provider for trying out</title>
<style>
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
  body { max-width: 24rem; margin: 10vh auto; padding: 0 1rem; display: grid; gap: 1rem }
  form { display: grid; gap: .5rem } button, input { font: inherit; padding: .6rem .8rem; text-align: left }
  small { display: block; opacity: .7 } p { margin: 0 }
</style>
<h1>Who are you?</h1>
<p>This provider runs on your machine, for development and tests. It believes everything.</p>
<form method="post" action="/consent">
  <input type="hidden" name="request" value="${escape(requestId)}">
  ${buttons.join("\n  ")}
</form>
<form method="post" action="/consent">
  <input type="hidden" name="request" value="${escape(requestId)}">
  <input name="name" placeholder="Somebody else's name" aria-label="Name" required>
  <input name="email" type="email" placeholder="and address" aria-label="E-mail" required>
  <button>Continue</button>
</form>
<form method="post" action="/consent">
  <input type="hidden" name="request" value="${escape(requestId)}">
  <button name="cancel" value="1">Cancel</button>
</form>
</html>`;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
