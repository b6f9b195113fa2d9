import java.net.Authenticator;
import java.net.PasswordAuthentication;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;

/*
 * Java's own client sends a login only when the first scheme of the first
 * WWW-Authenticate field is Basic.
 */
class Login {
	public static void main(String[] arguments) throws Exception {
		var environment = System.getenv();
		var login = new PasswordAuthentication(environment.get("LOGIN"),
		    environment.get("PASSWORD").toCharArray());
		var client = HttpClient.newBuilder().authenticator(
		    new Authenticator() {
			@Override
			protected PasswordAuthentication
			getPasswordAuthentication() {
				return login;
			}
		    }).build();
		var request = HttpRequest.newBuilder(
		    URI.create(environment.get("URL"))).build();

		System.out.println(
		    client.send(request, BodyHandlers.ofString()).body());
	}
}
