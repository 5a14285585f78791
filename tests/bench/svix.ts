import { Webhook } from "standardwebhooks";

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/** Signed messages of so many new people, ready to be sent. */
export function signCrowdOf(times: number): { secret: string; requests: Request[] } {
  const signer = new Webhook(SECRET);
  const now = new Date();
  const requests = Array.from({ length: times }, () => {
    const id = `msg_${crypto.randomUUID()}`;
    const body = JSON.stringify({
      type: "user.created",
      object: "event",
      timestamp: now.getTime(),
      data: {
        id: `user_${crypto.randomUUID()}`,
        first_name: "Bench",
        last_name: id,
        primary_email_address_id: "idn_1",
        email_addresses: [{ id: "idn_1", email_address: `${id}@example.com`, verification: { status: "verified" } }],
        created_at: now.getTime(),
        updated_at: now.getTime(),
      },
    });
    return new Request("http://localhost/webhooks/clerk", {
      method: "POST",
      body,
      headers: {
        "content-type": "application/json",
        "svix-id": id,
        "svix-timestamp": String(Math.floor(now.getTime() / 1_000)),
        "svix-signature": signer.sign(id, now, body),
      },
    });
  });
  return { secret: SECRET, requests };
}
