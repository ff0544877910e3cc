/** Every request of htmx that changes something carries the token of `<meta name="csrf-token">`. */
export function sendToken(): void {
  document.addEventListener("htmx:config:request", (event) => {
    const token = document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content;
    const request = (event as CustomEvent).detail.ctx.request as { method: string; headers: Record<string, string> };
    if (token && !/^(GET|HEAD|OPTIONS)$/i.test(request.method)) request.headers["X-CSRFToken"] = token;
  });
}
