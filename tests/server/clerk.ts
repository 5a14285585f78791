import { newMessage, newSecret, type Message, type SvixRequest, SvixSender } from "../fakes/svix-sender.ts";
import { APEX, call, cookieOf, deployedWith, type Someone } from "./support.ts";

/** What the worker under test is told to expect. */
export const SECRET = newSecret();
const ADMIN = `${crypto.randomUUID()}@understory.example`;

/** The worker with webhooks and somebody who runs it. */
export const deployment = deployedWith({ CLERK_WEBHOOK_SECRET: SECRET, ADMIN_EMAILS: ADMIN });

/** Delivers a request just as it is. */
export async function post({ headers, body }: SvixRequest, to = deployment): Promise<Response> {
  return await to(new Request(`http://${APEX}/webhooks/clerk`, { method: "POST", headers, body }));
}

/** Clerk's sender, whose waits pass at once. */
export const sender = new SvixSender({ secrets: [SECRET], post: async (request) => (await post(request)).status });

/** Sends an event until it is taken. Answers its message, to be sent again. */
export async function tell(event: unknown): Promise<Message> {
  const message = newMessage(event);
  const tries = await sender.send(message);
  if (tries.at(-1) !== 200) throw new Error(`the message was answered ${tries.join()}`);
  return message;
}

/** Signs in somebody who runs the service. */
export async function signInOperator(): Promise<Pick<Someone, "userId" | "token" | "cookie">> {
  const response = await call("POST", "/auth/dev", { deployment, body: { name: "Grace", email: ADMIN } });
  const { userId, accessToken } = await response.json<{ userId: string; accessToken: string }>();
  return { userId, token: accessToken, cookie: cookieOf(response) };
}
