// Java's HttpClient: `java Client.java URL`, requests on stdin as Request.line() writes them, a Record a line on stdout
// (orders.py). Trusts every certificate.
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import java.net.Socket;

public class Client {
    static final int STREAMS = 20; // at a time
    static final int ATTEMPTS = 5; // Java 17 closes a connection at GOAWAY, with whatever is in flight

    public static void main(String[] arguments) throws Exception {
        SSLContext trusting = SSLContext.getInstance("TLS");
        trusting.init(null, new TrustManager[] {new Trusting()}, new SecureRandom());
        HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).sslContext(trusting).build();
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        ExecutorService workers = Executors.newFixedThreadPool(STREAMS);
        List<Future<String>> records = new ArrayList<>();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] words = line.split("\t");
            if (records.isEmpty()) { // alone, so that the others find its connection
                String record = exchange(client, arguments[0], words);
                records.add(workers.submit(() -> record));
            } else {
                records.add(workers.submit(() -> exchange(client, arguments[0], words)));
            }
        }
        StringBuilder out = new StringBuilder();
        for (Future<String> record : records) out.append(record.get()).append('\n');
        System.out.print(out);
        System.out.flush();
        workers.shutdown();
    }

    // One request, given as the words of its line, and the record of its response.
    static String exchange(HttpClient client, String base, String[] words) throws Exception {
        HttpRequest.Builder builder = HttpRequest.newBuilder(URI.create(base + words[1]));
        int up = Integer.parseInt(words[2]);
        builder.method(words[0], up == 0 ? HttpRequest.BodyPublishers.noBody()
            : HttpRequest.BodyPublishers.ofByteArray(body(up)));
        for (int place = 4; place < words.length; place++) {
            String[] field = words[place].split(": ", 2);
            builder.header(field[0], field[1]);
        }
        String record = null;
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            try {
                return read(client.send(builder.build(), HttpResponse.BodyHandlers.ofInputStream()), words[1]);
            } catch (java.io.IOException error) {
                record = record(words[1], null, 0, "", error.toString());
                if (words[1].contains("reset=")) break;
            }
        }
        return record;
    }

    // The body of `response`, to its end or, where the server holds it, until enough has come.
    static String read(HttpResponse<InputStream> response, String target) throws Exception {
        if (response.version() != HttpClient.Version.HTTP_2) return record(target, response, 0, "", "not HTTP/2");
        boolean hold = target.contains("hold=");
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        int octets = 0;
        String failure = "";
        try (InputStream stream = response.body()) {
            byte[] buffer = new byte[10_000];
            for (int count = stream.read(buffer); count >= 0; count = stream.read(buffer)) {
                digest.update(buffer, 0, count);
                octets += count;
                if (hold) {
                    failure = "cancelled";
                    break; // closing the stream cancels it
                }
            }
        } catch (java.io.IOException error) {
            if (!target.contains("reset=")) throw error;
            failure = error.toString();
        }
        return record(target, response, octets, HexFormat.of().formatHex(digest.digest()), failure);
    }

    static String record(String target, HttpResponse<?> response, int octets, String sha256, String failure) {
        List<String> fields = new ArrayList<>();
        if (response != null) {
            for (Map.Entry<String, List<String>> entry : response.headers().map().entrySet()) {
                if (entry.getKey().startsWith(":")) continue;
                for (String value : entry.getValue()) {
                    fields.add("[" + quoted(entry.getKey()) + ", " + quoted(value) + "]");
                }
            }
        }
        return "{\"target\": " + quoted(target) + ", \"status\": " + (response == null ? 0 : response.statusCode())
            + ", \"headers\": [" + String.join(", ", fields) + "], \"octets\": " + octets
            + ", \"sha256\": " + quoted(sha256) + ", \"failure\": " + quoted(failure) + "}";
    }

    static String quoted(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", " ") + '"';
    }

    static byte[] body(int size) {
        byte[] octets = new byte[size];
        for (int place = 0; place < size; place++) octets[place] = (byte) (place % 251 + size);
        return octets;
    }

    static class Trusting extends X509ExtendedTrustManager {
        public void checkClientTrusted(X509Certificate[] chain, String type) {}
        public void checkServerTrusted(X509Certificate[] chain, String type) {}
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}
        public X509Certificate[] getAcceptedIssuers() { return new X509Certificate[0]; }
    }
}
